# 供电: what is said when a supply carries the terminal.
power-battery = 市电中断，正由备用电源供电
power-battery-body = 您可以办完手上的事。已填写的内容都已保存，电量不足时会自动结束，下次刷同一张身份证接着办。
power-battery-staff = 市电中断，正由备用电源供电
power-battery-staff-body = 请尽快办完手上的办件，暂不受理新的办件。
power-low = 备用电源电量不足
power-low-body = 请立即保存并停止办理。已确认的内容都已保存，恢复供电后接着办。
power-page-battery = 停电了，暂不能开始新的业务
power-page-low = 电量不足，内容已安全保存
power-page-back = 恢复供电后自动恢复服务，不用任何操作。没有办完的事，刷同一张身份证接着办。
power-page-help = 急需办理请到人工窗口，或拨打 { $number }。
