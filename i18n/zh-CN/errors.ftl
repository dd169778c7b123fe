# 错误文本：每个代码三种读者。第一行是原因，第二行是现在该怎么办。
error-D101-applicant =
    设备没有连接好。
    请换一种方式办理，或按“帮助呼叫”请工作人员协助。
error-D101-officer =
    设备未连接。
    请检查电源和数据线；仍不恢复时，请联系技术人员。
error-D101-technician =
    绑定端口上没有发现设备。
    查看电源、数据线和集线器；设备换过接口时，请重新绑定。
error-D102-applicant =
    设备暂时不能使用。
    请换一种方式办理，或按“帮助呼叫”请工作人员协助。
error-D102-officer =
    本机没有使用该设备的权限。
    请联系技术人员，其他设备不受影响。
error-D102-technician =
    设备已发现，但没有访问权限。
    安装 udev 规则，或把运行账户加入设备所属的组，然后重新插拔。
error-D103-applicant =
    设备没有及时响应。
    请稍等片刻再试一次。
error-D103-officer =
    设备响应超时。
    请重试一次；连续出现时，请重新插拔设备。
error-D103-technician =
    设备在规定时间内没有应答。
    查看线缆和供电；核对波特率和端口绑定；查看驱动日志中最后一条指令。
error-D104-applicant =
    设备正在为其他操作服务。
    请稍候，完成后会自动继续。
error-D104-officer =
    设备正被另一项操作占用。
    请等待当前操作结束，或先取消它。
error-D104-technician =
    设备已被其他会话独占。
    查看占用者；会话已结束仍未释放时，重新启动该设备的驱动。
error-D105-applicant =
    设备在使用中断开了。
    已保存的内容不会丢失，请稍候，设备恢复后继续。
error-D105-officer =
    设备在操作中被拔出。
    请插好设备，系统会自动重新连接并从本步继续。
error-D105-technician =
    操作中设备从端口消失。
    检查接头松动、集线器供电和线长；系统日志中查看 USB 断开记录。
error-D106-applicant =
    设备返回的内容无法识别。
    请再试一次，或换一种方式办理。
error-D106-officer =
    设备数据校验不通过。
    请重试；连续出现时，请联系技术人员。
error-D106-technician =
    报文校验和、长度或格式不符。
    核对设备型号与协议版本；更换线缆；附上驱动记录的原始字节上报。
error-D107-applicant =
    设备发生故障。
    请换一种方式办理，或按“帮助呼叫”请工作人员协助。
error-D107-officer =
    设备硬件故障，已停止使用。
    请改用其他设备或窗口，并联系技术人员。
error-D107-technician =
    设备报告硬件故障，或多次重启仍失败。
    断电 10 秒后再上电并自检；不通过时更换设备。
error-D108-applicant =
    设备正在重新启动。
    请稍候几秒，会自动继续。
error-D108-officer =
    设备驱动已自动重启。
    通常几秒后恢复；反复出现时，请联系技术人员。
error-D108-technician =
    驱动进程异常退出或无响应，已重启。
    查看退出原因；每分钟超过三次会停用该设备，请上报日志。
error-D111-applicant =
    没有读到证件。
    请拿起身份证，再平放一次，保持 2 秒不动。
error-D111-officer =
    证件没有放好。
    请申请人拿起证件重新平放，避开手机和金属物。
error-D111-technician =
    寻卡成功但选卡失败，需要重新放卡。
    查看天线附近有无金属或其他射频设备；用测试卡自检。
error-D112-applicant =
    证件号码校验没有通过。
    请核对证件，或带户口簿到人工窗口办理。
error-D112-officer =
    证件号码不符合编码规则（校验位或日期）。
    请核对证件原件；确为发证问题时，请申请人到公安机关查询。
error-D112-technician =
    号码不符合 GB 11643 校验。
    用另一张有效证件比对；其他证件正常时，不是设备问题。
error-D113-applicant =
    您的证件已过有效期。
    可以查询进度；办理申请请先换领证件，或到人工窗口。
error-D113-officer =
    证件已过有效期。
    按规定可以查询和核实后领取，不能办理新申请。
error-D113-technician =
    证件有效期早于本机日期。
    先核对本机时钟；时钟正确时，不是设备问题。
error-D114-applicant =
    证件信息无法读取。
    请再试一次；仍不行时，请到人工窗口办理。
error-D114-officer =
    证件内的数据无法解析。
    请用另一台阅读器再试；仍失败时，建议申请人补领证件。
error-D114-technician =
    证件记录结构无法解析。
    用测试卡自检；测试卡正常时，多为证件损坏。
error-D115-applicant =
    这不是本次办理人的证件。
    请使用开始办理时的同一张证件。
error-D115-officer =
    证件与办件当事人不一致。
    请核对当事人；代办时，请先登记代办关系。
error-D115-technician =
    读到的证件与会话当事人不同。
    不是设备问题，由窗口人员处理。
error-D121-applicant =
    指纹没有采集清楚。
    请按屏幕提示调整手指，再放一次。
error-D121-officer =
    指纹质量不足。
    请申请人擦净或润湿手指，按指引重放。
error-D121-technician =
    采集质量低于阈值。
    清洁采集面；用校准手指自检。
error-D122-applicant =
    没有采集到可用的指纹。
    没有关系，请再试一次，或换一种方式。
error-D122-officer =
    达到次数上限，未采集到可用指纹。
    请改用刷脸或人工核验，效力相同。
error-D122-technician =
    多次采集均未通过。
    若多位办理人都出现，请清洁采集面并自检。
error-D131-applicant =
    摄像头没有画面。
    请稍候，或换一种核验方式。
error-D131-officer =
    摄像头没有画面。
    请查看镜头盖和连线；仍无画面时，请联系技术人员。
error-D131-technician =
    规定时间内没有收到图像帧。
    查看视频节点、带宽和像素格式；同一集线器上的摄像头可能争用带宽。
error-D132-applicant =
    拍到的画面不能使用。
    请再拍一次。
error-D132-officer =
    图像数据损坏。
    请重拍；反复出现时，请联系技术人员。
error-D132-technician =
    收到的数据不是有效图像。
    更换线缆或接口；降低分辨率；附原始数据上报。
error-N101-applicant =
    网络暂时中断。
    您可以照常申请，联网后自动上报；需要联网的事项请稍后再来。
error-N101-officer =
    与中心的连接中断。
    可以继续收件；受理、决定和制证需等网络恢复。
error-N101-technician =
    无法连接中心服务器。
    依次检查网线、交换机、地址解析和防火墙；在网络页面测试连接。
error-N102-applicant =
    中心响应较慢。
    请稍候，系统会自动再试，您的内容不会丢失。
error-N102-officer =
    中心在规定时间内没有应答。
    系统会自动重试，请勿重复提交。
error-N102-technician =
    请求超时。
    测试到中心的时延和丢包；持续出现时，请通知中心运维。
error-N103-applicant =
    收到的回复无法识别。
    请稍候，系统会自动再试。
error-N103-officer =
    中心返回的内容无法识别。
    请稍后重试；持续出现时，请联系技术人员。
error-N103-technician =
    应答不符合约定格式。
    检查是否被代理或门户页面改写；核对程序版本与中心版本。
error-N104-applicant =
    这一步没有被接受。
    请按“帮助呼叫”，工作人员会告诉您原因。
error-N104-officer =
    中心拒绝了该请求。
    请查看原因并更正后再提交。
error-N104-technician =
    中心明确拒绝了请求。
    查看应答中的代码；核对本机权限、事项开放范围和版本。
error-N105-applicant =
    本机暂时不能联网办理。
    请到人工窗口或其他自助机办理。
error-N105-officer =
    本机身份未被中心认可。
    请联系技术人员，暂时可离线收件。
error-N105-technician =
    本机未登记，或证书被拒绝、已过期。
    核对时钟；在登记页面更新证书，或用一次性登记码重新登记。
error-N106-applicant =
    您的申请已收到，正在人工核实。
    不需要重新提交，工作人员会与您联系。
error-N106-officer =
    该上报包已被隔离，需人工核实。
    请勿重新录入；在同步页面查看原因并联系中心。
error-N106-technician =
    中心隔离了该上报包。
    在同步页面查看原因；后续上报不受阻；处理后由中心放行。
error-N107-applicant =
    本机时间需要校正。
    请到其他设备办理，或稍后再来。
error-N107-officer =
    本机时钟与中心相差过大。
    暂停出具回执；请联系技术人员校时。
error-N107-technician =
    时钟偏差超过限值。
    检查校时服务和主板电池；校正后自动恢复。
error-N108-applicant =
    登记没有成功。
    请联系工作人员。
error-N108-officer =
    登记码不正确、已过期或已用过。
    请向市级管理员索取新的登记码。
error-N108-technician =
    一次性登记码被拒绝。
    核对有无抄错；登记码只能使用一次，请重新签发。
error-N109-applicant =
    这一步正在人工核实。
    不需要重新提交，工作人员会与您联系。
error-N109-officer =
    同一编号的上报内容前后不一致。
    请勿重复操作，联系技术人员核实。
error-N109-technician =
    同一包编号曾以不同字节上报。
    停止手工改动数据目录；导出两份内容，交中心核查。
error-N110-applicant =
    正在继续上传。
    请稍候，不需要任何操作。
error-N110-officer =
    上传位置不一致，正在自动校正。
    不需要处理。
error-N110-technician =
    续传偏移与中心记录不符。
    程序会按中心的偏移重传；反复出现时，检查中间代理。
error-N111-applicant =
    材料文件过大。
    请重新拍摄这份材料，或到人工窗口办理。
error-N111-officer =
    上报内容超过大小限制。
    请减少页数或降低分辨率后重试。
error-N111-technician =
    请求体超过中心限制。
    核对扫描分辨率和单份页数；必要时由中心调整限额。
error-N112-applicant =
    操作过于频繁。
    请稍候一分钟再试。
error-N112-officer =
    短时间内请求过多。
    请稍候再试。
error-N112-technician =
    触发中心的频率限制。
    检查是否有程序循环重试，或多机共用一个身份。
error-N113-applicant =
    本机暂时连不上业务中心，您的材料已保存在本机。
    可以继续办理，连通后自动上报。
error-N113-officer =
    网络要求登录或被拦截，未连到业务中心。
    办理不受影响；请联系技术人员检查网络。
error-N113-technician =
    应答的不是中心：上网认证页或拦截代理。
    完成上网认证，或在防火墙放行中心地址；勿安装代理的根证书。
error-N114-applicant =
    本机刚做过维护，请稍候。
    您的办件没有丢失；如有疑问请到窗口查询。
error-N114-officer =
    本机数据曾恢复到较早的状态，已自动重新编号。
    请核对今天在本机办理的事项，缺少的请补录。
error-N114-technician =
    中心见过比本机更新的记录：本机磁盘被还原。
    已开始新的纪元并作废旧号段；查明还原的原因，核对收件回执。
error-S101-applicant =
    本机存储空间不足，暂停新的申请。
    已开始的办理可以完成；新的申请请到其他设备。
error-S101-officer =
    存储空间不足，已停止新办件。
    请先完成手上的办件，并联系技术人员。
error-S101-technician =
    磁盘已满，保留空间供当前办件完成。
    确认上报是否积压；导出已回执的数据；扩充磁盘。
error-S102-applicant =
    本机数据需要检查，暂停服务。
    请到其他设备办理，您之前的申请不受影响。
error-S102-officer =
    本机数据校验未通过，已停止写入。
    请勿关机，联系技术人员。
error-S102-technician =
    数据文件无法读取或校验失败。
    先完整备份数据目录，再运行检查；不要删除任何文件。
error-S103-applicant =
    刚才的内容没有保存成功。
    请再试一次；此前的步骤都已保存。
error-S103-officer =
    这一步没有可靠写入。
    请重试；再次失败时，请停止办理并联系技术人员。
error-S103-technician =
    写入未能落盘。
    检查磁盘健康与只读挂载；查看系统日志中的输入输出错误。
error-S104-applicant =
    加密内容无法打开。
    请按“帮助呼叫”请工作人员协助。
error-S104-officer =
    加密数据无法打开。
    请勿重复操作，联系技术人员。
error-S104-technician =
    现有密钥不能解开该数据。
    核对密钥保护方式（TPM 或口令）；更换主板后需由中心恢复密钥。
error-S105-applicant =
    暂时不能出具回执编号。
    请到其他设备或人工窗口办理。
error-S105-officer =
    回执编号已用完。
    联网后会自动领取新的号段。
error-S105-technician =
    号段已用尽，且未取得新号段。
    恢复网络；核对中心是否停发号段。
error-S106-applicant =
    中心处理出现问题。
    请稍后再试，您的内容不会丢失。
error-S106-officer =
    中心内部错误。
    请稍后重试；持续出现时，请通知中心运维并提供时间。
error-S106-technician =
    中心内部失败，详情只在中心日志中。
    把时间和代码交中心运维查询。
error-C101-applicant =
    现在还不能进行这一步。
    请按屏幕顺序办理，或返回首页重新开始。
error-C101-officer =
    办件当前状态不允许这一操作。
    请刷新办件，查看当前状态和可用操作。
error-C101-technician =
    状态机拒绝了该操作。
    不是设备问题；附办件编号上报。
error-C102-applicant =
    还有内容没有填写。
    请填写标出的项目。
error-C102-officer =
    必填项未填写。
    请补充标出的项目。
error-C102-technician =
    必填字段缺失。
    不是设备问题；核对事项表单版本。
error-C103-applicant =
    有内容填写不正确。
    请按提示修改标出的项目。
error-C103-officer =
    填写内容不符合规则。
    请核对并修改标出的项目。
error-C103-technician =
    字段值不符合规则。
    不是设备问题；核对事项表单版本。
error-C104-applicant =
    还缺少必要的材料。
    请补拍标出的材料，或到人工窗口了解其他办法。
error-C104-officer =
    必要材料不齐。
    请补拍，或依规定容缺受理。
error-C104-technician =
    必要材料缺失。
    不是设备问题。
error-C105-applicant =
    签字后的内容发生了变化，需要重新确认。
    请按“帮助呼叫”请工作人员协助。
error-C105-officer =
    签字后的内容被改动，办件已锁定。
    请勿继续，立即报告负责人。
error-C105-technician =
    签名核验失败，内容与签署时不一致。
    保留现场，导出办件，交安全负责人。
error-C106-applicant =
    本机不能办理这一事项。
    请选择其他事项，或到人工窗口办理。
error-C106-officer =
    该事项在本机或本版本未开放。
    请更新事项目录，或转到开放的窗口。
error-C106-technician =
    事项或其版本不在本机目录中。
    同步目录；核对大厅模板的事项范围。
error-C107-applicant =
    这一事项需要联网办理。
    请稍后再试，或先办理其他事项。
error-C107-officer =
    该事项需要实时数据，当前离线。
    请等网络恢复，或按规定改收纸质材料。
error-C107-technician =
    事项要求在线数据，本机离线。
    恢复网络。
error-C108-applicant =
    今天的打印份数已达上限。
    请明天再来，或到人工窗口办理。
error-C108-officer =
    已达到每日打印上限。
    确有需要时，由负责人说明理由后放开。
error-C108-technician =
    达到每日打印限额。
    限额在大厅配置中设置。
error-C109-applicant =
    这一步需要由另一位工作人员完成。
    请稍候。
error-C109-officer =
    审查人与决定人不能是同一人。
    请转交另一位有权限的人员。
error-C109-technician =
    违反双人规则。
    不是设备问题；核对岗位授权。
error-C110-applicant =
    办件已有新的进展。
    请刷新后再继续。
error-C110-officer =
    办件已被他人更新。
    请刷新，核对后再操作。
error-C110-technician =
    操作所依据的版本已过时。
    不是设备问题；刷新后重做即可。
error-C111-applicant =
    没有查到对应的记录。
    请核对编号后再试。
error-C111-officer =
    没有该办件、证照或证明。
    请核对编号和管辖范围。
error-C111-technician =
    查无此记录。
    核对编号；离线时只能查本机办件。
error-C112-applicant =
    这一步需要主管同意。
    请稍候，工作人员正在请示。
error-C112-officer =
    新增补正、重提已判合格的材料或延期，须主管说明理由。
    请主管填写理由后再提交。
error-C112-technician =
    缺少另一人的同意或理由。
    检查提交内容中的 approval。
error-C113-applicant =
    办理前需要先给您书面告知。
    请稍候，工作人员正在打印告知书。
error-C113-officer =
    特别程序、听证和延期须先出具书面告知。
    请先打印或送达告知书，再登记。
error-C113-technician =
    没有对应文号的告知文书。
    核对 PaperIssued 的种类和文号。
error-C114-applicant =
    这次不能再延长时间。
    请向工作人员询问办结日期。
error-C114-officer =
    已经延期过一次，或超过法定天数。
    请在原期限内办结。
error-C114-technician =
    延期次数或天数超过法律上限。
    法定上限见时限规则。
error-C115-applicant =
    这次不能使用容缺受理。
    请备齐材料后再提交。
error-C115-officer =
    容缺受理条件不符，或容缺材料尚未补齐。
    请查看材料清单和信用核查结果。
error-C115-technician =
    容缺状态不符。
    核对事项、信用结果和补交记录。
error-C116-applicant =
    经办人员需要更换。
    请稍候，工作人员正在处理。
error-C116-officer =
    听证主持人不能审查本件。
    请改由其他人员办理。
error-C116-technician =
    听证主持人与审查人相同。
    核对指派。
error-C117-applicant =
    联办事项还在办理中。
    请等待各部门办结后领取。
error-C117-officer =
    子件尚未全部办结，或该步骤应在子件上办理。
    请打开对应的子件办理。
error-C117-technician =
    并联子件状态不符。
    核对父子件关系。
error-C118-applicant =
    未满十八周岁需要监护人到场。
    请监护人刷身份证后继续。
error-C118-officer =
    申请人未成年，缺少监护人同意。
    请监护人到场刷卡并核对关系。
error-C118-technician =
    缺少 GuardianConsented。
    核对出生日期和监护关系来源。
error-C119-applicant =
    您没有代办这一步的授权。
    请带授权委托书，或由本人办理。
error-C119-officer =
    代理人授权范围不含此事项或此步骤。
    请核对授权委托书的事项、权限和期限。
error-C119-technician =
    代理授权不符。
    核对 AgentNamed 的范围和期限。
error-C120-applicant =
    这次服务已经评价过了。
    如需补充，请使用追评。
error-C120-officer =
    同一次服务只能评价一次。
    可引导申请人使用追评。
error-C120-technician =
    该服务已有评价。
    核对服务标识。
error-C121-applicant =
    这个时段约满了，或暂时不能预约。
    请选择其他时段。
error-C121-officer =
    号源已满，或申请人因多次爽约暂停预约。
    请改约其他时段或现场取号。
error-C121-technician =
    预约配额或爽约规则不允许。
    核对时段配额和爽约记录。
error-C122-applicant =
    这笔缴费暂时不能这样处理。
    请稍后再查，款项不会重复收取。
error-C122-officer =
    缴款状态不允许这一步。
    请先查询支付结果，再办理退款或补办。
error-C122-technician =
    支付状态机拒绝该操作。
    核对流水和对账结果。
error-C123-applicant =
    服务暂停。
    请到最近的大厅办理，或稍后再来。
error-C123-officer =
    本机或本大厅已暂停服务。
    请联系大厅主任恢复。
error-C123-technician =
    收到应急停用。
    核对运行管理中的停用记录。
error-C124-applicant =
    这个事项正在更新。
    请稍后再试，或咨询窗口。
error-C124-officer =
    事项草稿不符合办事指南要求，不能提交。
    请按提示逐条修改。
error-C124-technician =
    事项质检未通过。
    查看质检代码和位置。
error-C125-applicant =
    补交期限已过。
    请到受理窗口咨询，或者重新申请。
error-C125-officer =
    申请人补交时期限已过。
    请按告知书的期限处理，或指导重新申请。
error-C125-technician =
    补交晚于告知书或容缺承诺的期限。
    核对办件时限和服务器时间。
error-C126-applicant =
    现在不在开放时间。
    请在开放时间来，或者在网上、自助终端办理。
error-C126-officer =
    大厅此时不开放，不能取号或预约。
    请查看下次开放时间，或在“大厅”调整开放时间。
error-C126-technician =
    大厅开放时间或闭馆日不允许。
    核对“大厅”页的开放时间、闭馆日和服务器时间。
error-P101-applicant =
    打印机缺纸。
    请稍候，工作人员加纸后会自动继续。
error-P101-officer =
    打印机缺纸。
    请加纸，打印会从中断处继续。
error-P101-technician =
    打印机报告缺纸。
    加纸并理齐；已加纸仍报告时，清洁纸张传感器。
error-P102-applicant =
    打印机卡纸。
    请稍候，工作人员正在处理，请不要用力拉纸。
error-P102-officer =
    打印机卡纸。
    请按机内提示取出纸张；证照用纸须登记作废。
error-P102-technician =
    打印机报告卡纸。
    沿走纸方向取出；检查搓纸轮和纸张规格。
error-P103-applicant =
    打印机盖板没有关好。
    请稍候，工作人员会来处理。
error-P103-officer =
    打印机盖板打开。
    请关好盖板，打印会继续。
error-P103-technician =
    打印机报告盖板打开。
    关好所有盖板；检查盖板开关。
error-P104-applicant =
    打印机墨粉用尽。
    请稍候，工作人员更换后继续。
error-P104-officer =
    墨粉或墨水用尽。
    请更换耗材，打印会继续。
error-P104-technician =
    打印机报告耗材用尽。
    更换耗材并复位计数。
error-P105-applicant =
    打印机停止了工作。
    您的申请不受影响，请扫码保存电子回执。
error-P105-officer =
    打印机停止或拒绝了任务。
    请查看打印机面板；任务不会丢失。
error-P105-technician =
    打印机停止或拒绝任务。
    查看打印队列状态与纸盒介质设置；清除错误后恢复队列。
error-P106-applicant =
    打印结果需要确认。
    请查看出纸口；工作人员确认之前不会重复打印。
error-P106-officer =
    打印结果不明，需要人工确认。
    请查看纸张并选择“完好”或“损坏”，确认前不会再次打印。
error-P106-technician =
    打印完成状态未知。
    查看打印机页数计数；不要手工重发任务。
error-P107-applicant =
    有个别字暂时无法打印。
    请到人工窗口办理，您的申请不受影响。
error-P107-officer =
    有字符没有字形，证照不能打印。
    请核对字符，联系技术人员补充字库。
error-P107-technician =
    字库缺少字形，已拒绝打印证照。
    安装补充字库后重试；不要用相近字代替。
error-P108-applicant =
    这张空白证照不能使用。
    请稍候。
error-P108-officer =
    空白证照流水号不在领用范围或已使用。
    请核对流水号；确有差错时由两人登记作废。
error-P108-technician =
    流水号被拒绝。
    不是设备问题；核对领用记录。
error-P109-applicant =
    这份证明暂时不能出具。
    请到人工窗口办理，或改天再试。
error-P109-officer =
    部门印章已停用、遗失或过期，不能制作加盖印章的证照和证明。
    请安全管理员在“印章”页登记新印章或重新启用。
error-P109-technician =
    部门没有在用的印章。
    不是设备问题；请安全管理员在“印章”页处理。
error-V101-applicant =
    需要工作人员为您核验。
    请稍候，或选择指纹核验；这不影响办理。
error-V101-officer =
    人脸无法自动判定，转人工核对。
    请对照证件照片、现场照片和本人，作出判断。
error-V101-technician =
    比对落在人工区间，或无法比对。
    检查光线和镜头清洁；查看证件照解码组件是否安装。
error-V102-applicant =
    这一页没有拍清楚。
    请压平材料、移开遮挡，再拍一次。
error-V102-officer =
    页面模糊、过暗或不完整。
    请重拍，或人工确认可用并说明理由。
error-V102-technician =
    页面质量低于阈值。
    清洁镜头；检查补光和焦距；重新校准。
error-A101-applicant =
    登录已过期。
    请重新刷身份证。
error-A101-officer =
    登录已过期。
    请重新登录，未保存的内容仍在。
error-A101-technician =
    没有登录或会话已过期。
    重新登录；频繁过期时核对时钟。
error-A102-applicant =
    证件或密码不正确。
    请核对后再试。
error-A102-officer =
    工号或密码不正确。
    请核对后再试，多次错误会锁定。
error-A102-technician =
    账号或密码错误。
    核对大小写；忘记密码请管理员重置。
error-A103-applicant =
    账号已锁定。
    请联系工作人员。
error-A103-officer =
    账号已锁定。
    请稍后再试，或请管理员解锁。
error-A103-technician =
    账号因多次错误被锁定。
    由管理员核实后解锁。
error-A104-applicant =
    您没有进行这一操作的权限。
    请联系工作人员。
error-A104-officer =
    您的岗位没有这项权限。
    请转交有权限的人员，或申请授权。
error-A104-technician =
    权限不足。
    核对岗位、区划和事项授权。
error-A105-applicant =
    查看需要说明理由。
    请填写理由。
error-A105-officer =
    查看凭证须填写理由。
    请填写理由，查看会被记录。
error-A105-technician =
    缺少查看理由。
    不是设备问题。
error-A106-applicant =
    页面已过期。
    请刷新页面再试。
error-A106-officer =
    页面已过期，为安全起见没有提交。
    请刷新页面后重新提交。
error-A106-technician =
    表单缺少本次会话的令牌。
    检查代理是否改写页面；反复出现时报告安全负责人。
error-A107-applicant =
    查询他人信息需要本人刷卡。
    请本人到场刷身份证。
error-A107-officer =
    没有本人刷卡、在办件或主管理由，不能查人。
    请本人刷卡，或由主管说明理由。
error-A107-technician =
    查人请求缺少依据。
    查看查询记录。
error-A108-applicant =
    这一步需要另一位工作人员。
    请稍候。
error-A108-officer =
    起草、审核和发布须由不同人员完成。
    请交给另一位同事办理。
error-A108-technician =
    同一账号不能完成两步。
    核对账号分工。
error-K101-applicant =
    本机暂停服务。
    请到其他设备或人工窗口办理。
error-K101-officer =
    配置文件无法读取。
    请联系技术人员。
error-K101-technician =
    配置文件无法读取。
    检查路径和权限，运行 tongban config check。
error-K102-applicant =
    本机暂停服务。
    请到其他设备或人工窗口办理。
error-K102-officer =
    配置内容不正确。
    请联系技术人员。
error-K102-technician =
    配置项的值不正确。
    运行 tongban config check，按提示修改；tongban config explain 可查看来源。
error-K103-applicant =
    本机需要更新。
    请到其他设备办理。
error-K103-officer =
    数据格式高于本机程序版本。
    请联系技术人员更新程序。
error-K103-technician =
    数据格式版本不受支持。
    更新程序；不要退回旧版本读取新数据。
error-K104-applicant =
    本机暂停服务。
    请到其他设备或人工窗口办理。
error-K104-officer =
    安装不完整。
    请联系技术人员。
error-K104-technician =
    安装目录缺少必要文件。
    重新安装同一版本；校验清单见安装日志。

## X: other departments

error-X101-applicant =
    部门接口没有及时答复。
    可以稍等，或改为现场拍摄材料。

error-X101-officer =
    部门接口超时，已按时放弃。
    可改为采集材料，系统会在后台再核。

error-X101-technician =
    在时限内没有收到答复。
    看对方响应时间和本资源的超时设置。

error-X102-applicant =
    部门系统正在维护。
    可以改为现场拍摄材料。

error-X102-officer =
    部门系统连不上或报错。
    请先采集材料，恢复后后台补核。

error-X102-technician =
    连接失败或 5xx。
    查地址、网络和对方公告；连续失败会熔断。

error-X103-applicant =
    部门返回的数据看不懂。
    请改为现场拍摄材料。

error-X103-officer =
    部门返回的数据不合约定，未采用。
    请采集材料。

error-X103-technician =
    应答不是约定的格式或缺字段。
    对照映射文件和接口文档。

error-X104-applicant =
    部门返回的数据不完整。
    请改为现场拍摄材料。

error-X104-officer =
    部门返回的数据过大，未采用。
    请采集材料。

error-X104-technician =
    应答超过上限，读到上限即停。
    请对方分页或减少字段。

error-X105-applicant =
    部门返回的文字无法显示。
    请改为现场拍摄材料。

error-X105-officer =
    部门返回的文字编码不对，未采用。
    请采集材料。

error-X105-technician =
    应答不是 UTF-8（多为 GB18030）。
    在映射文件写明编码，或请对方改正。

error-X106-applicant =
    查询没有成功。
    请再试一次。

error-X106-officer =
    部门以为是重复的请求。
    请再点一次。

error-X106-technician =
    对方以随机数或时间戳拒绝。
    校时，查随机数是否重复。

error-X107-applicant =
    部门系统没有办成这次查询。
    可以改为现场拍摄材料。

error-X107-officer =
    部门系统报告故障。
    请采集材料，稍后再核。

error-X107-technician =
    收到 SOAP Fault。
    故障代码在日志里，请与对方核对。

error-X108-applicant =
    部门不同意提供这项数据。
    请改为现场拍摄材料。

error-X108-officer =
    部门拒绝了本次共享。
    请采集材料；如需共享请走申请。

error-X108-technician =
    对方返回拒绝。
    查用途、授权和签名密钥。

error-X109-applicant =
    这项数据暂不能代您查询。
    请提供材料。

error-X109-officer =
    没有覆盖本次查询的授权。
    请由数据管理员申请。

error-X109-technician =
    资源、事项、字段或用途不在有效授权内。
    看共享申请页。

error-X110-applicant =
    今天的查询次数已满。
    请提供材料或明天再来。

error-X110-officer =
    本资源今日配额已用完。
    请采集材料。

error-X110-technician =
    授权配额用完。
    看监控页，必要时申请提高。

error-X111-applicant =
    这项数据不能共享。
    请提供材料。

error-X111-officer =
    该资源不予共享或已暂停。
    请采集材料。

error-X111-technician =
    资源共享类型为不予共享，或状态为暂停。
    看资源目录。

error-X112-applicant =
    部门系统正在维护。
    可以改为现场拍摄材料。

error-X112-officer =
    该资源连续失败，暂停调用片刻。
    请先采集材料。

error-X112-technician =
    熔断已打开。
    到时自动试一次，成功即恢复。

error-X113-applicant =
    这一步现在不能办。
    请稍后再看。

error-X113-officer =
    共享申请的状态不允许这一步。
    请刷新后再办。

error-X113-technician =
    申请状态机拒绝。
    看申请的经过。

error-X114-applicant =
    资料交换出了问题。
    工作人员会处理。

error-X114-officer =
    收到的报文不是约定的文档。
    已退回对方。

error-X114-technician =
    报文不是规定的 XML（编码、实体、大小、格式）。
    看监控页的原因。

error-X115-applicant =
    资料交换出了问题。
    工作人员会处理。

error-X115-officer =
    报文不合数据规范。
    已退回对方更正。

error-X115-technician =
    报文不合 exchange.xsd。
    回执写明了元素。

error-X116-applicant =
    资料交换出了问题。
    工作人员会处理。

error-X116-officer =
    报文签名不对，未采用。
    请与对方核对。

error-X116-technician =
    摘要或签名不符。
    核对对方公钥，查是否中途被改动。

error-X117-applicant =
    资料交换出了问题。
    工作人员会处理。

error-X117-officer =
    同一编号的报文内容不同。
    未采用。

error-X117-technician =
    报文编号重复而内容不同。
    请对方换号重发。

error-X118-applicant =
    资料交换出了问题。
    工作人员会处理。

error-X118-officer =
    对方单位没有登记。
    报文未采用。

error-X118-technician =
    对方单位的代码不在登记表里。
    先在交换监控登记对方代码、公钥和地址。
